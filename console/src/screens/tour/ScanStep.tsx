/** Step 2: a basket is scanned for one of the two; what the shop knows and shows of them changes. */
import { Alert, Button, Text } from '@mantine/core';
import { IconArrowRight, IconCheck } from '@tabler/icons-react';

import { ErrorCard } from '../../parts/ErrorCard';
import { useUrlState } from '../../parts/useUrlState';
import { Columns } from './Columns';
import { nameOf, type Household } from './data';
import { Likes } from './Likes';
import { Receipt } from './Receipt';
import { Shown } from './Shown';
import { StepHead, useMayTry } from './StepHead';
import type { StepProps } from './TourPage';
import classes from './tour.module.css';
import { useScan, type Scan, type Scanned } from './useScan';
import { Segments } from './Who';
import { Worth } from './Worth';

interface ScanStepProps extends StepProps {
  without: readonly string[];
  onWithout: (without: readonly string[]) => void;
}

export function ScanStep({ tour, households, go, without, onWithout }: ScanStepProps) {
  const scan = useScan(() => onWithout([]));
  const done = Object.keys(scan.scanned).length > 0;
  const was = (one: Household) => scan.scanned[one.customer.customer]?.before;
  return (
    <>
      <StepHead
        step="scan"
        action={
          <Button
            variant={done ? 'filled' : 'default'}
            rightSection={<IconArrowRight size={17} aria-hidden />}
            onClick={() => go('rule')}
          >
            Next: edit a rule
          </Button>
        }
      />
      {scan.error && !scan.error.unreachable ? <ErrorCard error={scan.error} title="The basket was not taken" /> : null}
      <Columns
        households={households}
        rows={[
          (one) => <Till one={one} scan={scan} without={without} onWithout={onWithout} />,
          (one) => <Worth household={one} before={was(one)?.page?.worth} />,
          (one) => <Standing household={one} before={was(one)} />,
          (one) => <Likes household={one} before={was(one)?.customer.likes} />,
          (one, other) => <Shown household={one} other={other} slots={tour.slots} before={was(one)?.shown} />,
        ]}
      />
    </>
  );
}

interface TillProps {
  one: Household;
  scan: Scan;
  without: readonly string[];
  onWithout: (without: readonly string[]) => void;
}

/** The receipt, what came of it, or the way to scan for this one instead. */
function Till({ one, scan, without, onWithout }: TillProps) {
  const [letter, setLetter] = useUrlState('for', 'A');
  const may = useMayTry('scan');
  const { customer, basket, named } = one.customer;
  const scanned = scan.scanned[customer];
  if (scanned) return <Taken scanned={scanned} onAgain={() => scan.again(customer)} />;
  if (letter !== one.letter) {
    return (
      <div className={classes.instead}>
        <Button variant="default" onClick={() => setLetter(one.letter)} disabled={!may || scan.busy || scan.sending !== null}>
          Scan a basket for {one.letter} too
        </Button>
      </div>
    );
  }
  if (basket.lines.length === 0) return <Text c="dimmed">There is nothing that only the other one buys.</Text>;
  return (
    <Receipt
      name={nameOf(one)}
      basket={basket}
      may={may && Object.keys(named).length > 0}
      busy={scan.busy}
      locked={scan.sending === customer}
      without={without}
      onWithout={onWithout}
      onScan={() => scan.send(one)}
    />
  );
}

const Taken = ({ scanned: { basket, millis }, onAgain }: { scanned: Scanned; onAgain: () => void }) => (
  <Alert color="shop" icon={<IconCheck aria-hidden />} title={`Scanned for ${basket.total_text}`} role="status">
    <Text size="sm">
      Taken into the log; profile, segments and picks followed and stood here anew after{' '}
      <b data-numbers>{millis.toLocaleString('en')} ms</b>. What changed is marked below.
    </Text>
    <Button size="xs" variant="default" mt="sm" onClick={onAgain}>
      Scan another basket
    </Button>
  </Alert>
);

const Standing = ({ household: { page }, before }: { household: Household; before: Household | undefined }) =>
  page ? (
    <>
      <h4>Segments</h4>
      <Segments segments={page.segments} before={before?.page?.segments} />
    </>
  ) : null;
