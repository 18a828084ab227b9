/** Step 1: who they are, what they like, what they are worth, what each would be shown. */
import { Button } from '@mantine/core';
import { IconArrowRight } from '@tabler/icons-react';

import { Columns } from './Columns';
import { Likes } from './Likes';
import { Shown } from './Shown';
import { StepHead } from './StepHead';
import type { StepProps } from './TourPage';
import { Who } from './Who';
import { Worth } from './Worth';

export function MeetStep({ tour, households, go }: StepProps) {
  return (
    <>
      <StepHead
        step="meet"
        action={
          <Button rightSection={<IconArrowRight size={17} aria-hidden />} onClick={() => go('scan')}>
            Next: scan a basket
          </Button>
        }
      />
      <Columns
        households={households}
        rows={[
          (one) => <Who household={one} />,
          (one) => <Worth household={one} />,
          (one) => <Likes household={one} />,
          (one, other) => <Shown household={one} other={other} slots={tour.slots} legend />,
        ]}
      />
    </>
  );
}
