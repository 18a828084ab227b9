/** The tour: two customers of this shop side by side, and five things to try with them. */
import { Alert, Button } from '@mantine/core';
import { IconDatabaseImport } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';

import { useSession } from '../../api/session';
import { EmptyState } from '../../parts/EmptyState';
import { ErrorCard } from '../../parts/ErrorCard';
import { PageHeader } from '../../parts/PageHeader';
import { useUrlState } from '../../parts/useUrlState';
import { useHouseholds, useTour, type Household, type Tour } from './data';
import { MeetStep } from './MeetStep';
import { ObjectStep } from './ObjectStep';
import { ScanStep } from './ScanStep';
import { isStep, type Step } from './steps';
import { Stepper } from './Stepper';
import { TourSkeleton } from './TourSkeleton';
import classes from './tour.module.css';

// What they need is much, and not needed to meet the two.
const RuleStep = lazy(() => import('./RuleStep').then((module) => ({ default: module.RuleStep })));
const FileStep = lazy(() => import('./FileStep').then((module) => ({ default: module.FileStep })));

export interface StepProps {
  tour: Tour;
  households: readonly Household[];
  go: (step: Step) => void;
}

export function TourPage() {
  const { shop } = useSession();
  const [written, setStep] = useUrlState('step', 'meet');
  const [without, setWithout] = useState<readonly string[]>([]);
  const asked = useTour(without);
  const step = isStep(written) ? written : 'meet';
  const go = (next: Step) => setStep(next, { push: true });
  return (
    <div className={classes.tour}>
      <PageHeader title="Tour" purpose={`Two customers of ${shop.name}, side by side. Five steps, five minutes.`} />
      <Stepper step={step} go={go} />
      {asked.data?.note ? (
        <Alert color="yellow" mb="lg">
          {asked.data.note}
        </Alert>
      ) : null}
      <Suspense fallback={<TourSkeleton />}>
        {step === 'file' ? <FileStep go={go} /> : <AboutTwo step={step} go={go} asked={asked} without={without} onWithout={setWithout} />}
      </Suspense>
    </div>
  );
}

interface AboutTwoProps {
  step: Step;
  go: (step: Step) => void;
  asked: ReturnType<typeof useTour>;
  without: readonly string[];
  onWithout: (without: readonly string[]) => void;
}

/** The steps about the two, what stands there until they are chosen, or what the shop needs first. */
function AboutTwo({ asked, ...rest }: AboutTwoProps) {
  const households = useHouseholds(asked.data);
  const tour = asked.data;
  if (asked.error && !tour) return <ErrorCard error={asked.error} again={asked.refetch} />;
  if (!tour) return <TourSkeleton />;
  if (tour.customers.length < 2) return <Missing missing={tour.missing} go={rest.go} />;
  return <Steps {...rest} tour={tour} households={households} />;
}

interface StepsProps extends StepProps {
  step: Step;
  without: readonly string[];
  onWithout: (without: readonly string[]) => void;
}

function Steps({ step, without, onWithout, ...rest }: StepsProps) {
  if (step === 'scan') return <ScanStep {...rest} without={without} onWithout={onWithout} />;
  if (step === 'rule') return <RuleStep {...rest} />;
  if (step === 'object') return <ObjectStep {...rest} />;
  return <MeetStep {...rest} />;
}

const Missing = ({ missing, go }: { missing: string; go: (step: Step) => void }) => (
  <EmptyState icon={IconDatabaseImport} action={<Button onClick={() => go('file')}>Import a file</Button>}>
    The tour needs {missing}.
  </EmptyState>
);
