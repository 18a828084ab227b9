/** Step 2: a basket is scanned for one of the two; what the shop knows and shows of them changes. */
import { Alert, Button, Text } from '@mantine/core';
import { IconArrowRight, IconCheck } from '@tabler/icons-react';
import { useState } from 'react';

import { ErrorCard } from '../../parts/ErrorCard';
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
          (one, other) => <Shown household={one} other={other} slots={tour.slots} before={was(one)?.shown} />,
          (one) => <Likes household={one} before={was(one)?.customer.likes} />,
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

/** The receipt, what came of it, or, once the other one's was scanned, the way to it. */
function Till({ one, scan, without, onWithout }: TillProps) {
  const [opened, setOpened] = useState(false);
  const [out, setOut] = useState<readonly string[]>([]);
  const may = useMayTry('scan');
  const { customer, basket, named } = one.customer;
  const scanned = scan.scanned[customer];
  if (scanned) {
    return (
      <Taken
        scanned={scanned}
        onAgain={() => {
          setOpened(true);
          scan.again(customer);
        }}
      />
    );
  }
  if (basket.lines.length === 0) return <Text c="dimmed">There is nothing that only the other one buys.</Text>;
  if (Object.keys(scan.scanned).length > 0 && !opened) {
    return (
      <div className={classes.instead}>
        <Button variant="default" onClick={() => setOpened(true)}>
          Scan a basket for {one.letter} too
        </Button>
      </div>
    );
  }
  return (
    <Receipt
      name={nameOf(one)}
      basket={basket}
      may={may && Object.keys(named).length > 0 && (scan.sending === null || scan.sending === customer)}
      busy={scan.busy && scan.sending === customer}
      locked={scan.sending !== null}
      fewer={out.length > 0}
      onTakeOut={(item) => {
        setOut([...out, item]);
        onWithout([...without, item]);
      }}
      onPutBack={() => {
        setOut([]);
        onWithout(without.filter((item) => !out.includes(item)));
      }}
      onScan={() => {
        setOut([]);
        scan.send(one);
      }}
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
