/**
 * What stands where an answer is still on its way, in the form that the answer will have.
 *
 * <Skeletons lines={4} />  <TableSkeleton rows={8} />  <PageSkeleton />
 */
import { Skeleton, Stack } from '@mantine/core';

const WIDTHS = ['92%', '78%', '85%', '64%', '88%'];
const numbered = (n: number) => Array.from({ length: n }, (_, index) => index);

interface SkeletonsProps {
  lines?: number;
  height?: number;
  /** Said to those who hear the page. */
  label?: string;
}

export const Skeletons = ({ lines = 3, height = 14, label = 'Loading' }: SkeletonsProps) => (
  <Stack gap="sm" role="status" aria-label={label}>
    {numbered(lines).map((index) => (
      <Skeleton key={index} height={height} width={WIDTHS[index % WIDTHS.length]} />
    ))}
  </Stack>
);

export const TableSkeleton = ({ rows = 6 }: { rows?: number }) => (
  <Stack gap={10} role="status" aria-label="Loading">
    <Skeleton height={18} />
    {numbered(rows).map((index) => (
      <Skeleton key={index} height={30} />
    ))}
  </Stack>
);

export const PageSkeleton = () => (
  <Stack gap="lg" role="status" aria-label="Loading the page">
    <Skeleton height={30} width="min(320px, 60%)" />
    <Skeleton height={14} width="min(520px, 80%)" />
    <Skeleton height={220} />
  </Stack>
);
