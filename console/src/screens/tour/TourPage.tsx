/** The tour: two customers of this shop side by side, and five things to try with them. */
import { Alert, Button } from '@mantine/core';
import { IconDatabaseImport } from '@tabler/icons-react';
import { useState } from 'react';

import { useSession } from '../../api/session';
import { EmptyState } from '../../parts/EmptyState';
import { ErrorCard } from '../../parts/ErrorCard';
import { PageHeader } from '../../parts/PageHeader';
import { useUrlState } from '../../parts/useUrlState';
import { useHouseholds, useTour, type Household, type Tour } from './data';
import { FileStep } from './FileStep';
import { MeetStep } from './MeetStep';
import { ObjectStep } from './ObjectStep';
import { RuleStep } from './RuleStep';
import { ScanStep } from './ScanStep';
import { isStep, type Step } from './steps';
import { Stepper } from './Stepper';
import { TourSkeleton } from './TourSkeleton';
import classes from './tour.module.css';

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
  const households = useHouseholds(asked.data);
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
      {step === 'file' ? <FileStep go={go} /> : null}
      {step !== 'file' && asked.error && !asked.data ? <ErrorCard error={asked.error} again={asked.refetch} /> : null}
      {step !== 'file' && asked.isPending ? <TourSkeleton /> : null}
      {step !== 'file' && asked.data ? (
        asked.data.customers.length < 2 ? (
          <Missing missing={asked.data.missing} go={go} />
        ) : (
          <Steps
            step={step}
            tour={asked.data}
            households={households}
            go={go}
            without={without}
            onWithout={setWithout}
          />
        )
      ) : null}
    </div>
  );
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
