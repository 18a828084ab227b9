/** Step 4: one of the two objects; the answer turns non-personal at once, and says so. */
import { Alert, Button, Text } from '@mantine/core';
import { IconArrowRight } from '@tabler/icons-react';

import { useTell } from '../../api/tell';
import { ErrorCard } from '../../parts/ErrorCard';
import { Skeletons } from '../../parts/Skeletons';
import { Columns } from './Columns';
import { lookAgain, type Household } from './data';
import { Shown } from './Shown';
import { StepHead, useMayTry } from './StepHead';
import type { StepProps } from './TourPage';
import classes from './tour.module.css';

const PURPOSE = 'personalization';

export function ObjectStep({ tour, households, go }: StepProps) {
  return (
    <>
      <StepHead
        step="object"
        action={
          <Button variant="default" rightSection={<IconArrowRight size={17} aria-hidden />} onClick={() => go('file')}>
            Next: use your own file
          </Button>
        }
      />
      <Columns
        households={households}
        rows={[
          (one) => <Word household={one} />,
          (one, other) => <Shown household={one} other={other} slots={tour.slots} legend />,
        ]}
      />
    </>
  );
}

/** Where the customer stands towards personal answers, and the word that can be taken down for them. */
function Word({ household: { letter, customer, page } }: { household: Household }) {
  const may = useMayTry('object');
  const said = useTell('post', '/v1/customers/{customer}/consents', { onDone: () => void lookAgain() });
  if (!page) return <Skeletons lines={2} />;
  const line = page.consents.find(({ purpose }) => purpose === PURPOSE);
  if (!line) return <Alert color="yellow">The shop declares no purpose of personalization.</Alert>;
  return (
    <div className={classes.word} data-allowed={line.allowed || undefined}>
      <Text>{line.words}</Text>
      {line.actions.map(({ given, words }) => (
        <Button
          key={words}
          variant={given || letter === 'B' ? 'light' : 'filled'}
          color={given ? undefined : 'red'}
          disabled={!may}
          loading={said.isPending}
          onClick={() =>
            said.mutate({
              path: { customer: customer.customer },
              body: { purpose: PURPOSE, given, wording: 'Tried on the tour' },
            })
          }
        >
          {words}
        </Button>
      ))}
      {said.error && !said.error.unreachable ? <ErrorCard error={said.error} title="It was not taken down" /> : null}
    </div>
  );
}
