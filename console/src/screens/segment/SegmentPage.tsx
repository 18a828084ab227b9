/** One segment, or a new one: loads what is in force and opens the editor upon it. */
import { useQuery } from '@tanstack/react-query';
import { useParams, useSearchParams } from 'react-router';

import { asking, useAsk } from '../../api/ask';
import { ErrorCard } from '../../parts/ErrorCard';
import { PageSkeleton } from '../../parts/Skeletons';
import { SegmentEditor } from './SegmentEditor';

const WORKING = 1_000;
const IDLE = 20_000;

const working = (state: string | undefined) => state === 'running' || state === 'waiting';

export function SegmentPage() {
  const { name } = useParams();
  return name === undefined ? <NewSegment /> : <OneSegment key={name} name={name} />;
}

function OneSegment({ name }: { name: string }) {
  const known = useQuery({
    ...asking('/v1/segments/{name}', { path: { name } }),
    refetchInterval: ({ state: { data } }) => (working(data?.recording.state) ? WORKING : IDLE),
  });
  if (known.error && known.data === undefined) return <ErrorCard error={known.error} again={known.refetch} />;
  if (known.data === undefined) return <PageSkeleton />;
  const { where, description, version } = known.data;
  return <SegmentEditor name={name} base={{ where, description, version }} detail={known.data} />;
}

function NewSegment() {
  const [query] = useSearchParams();
  const asked = useAsk('/v1/definitions');
  if (asked.error) return <ErrorCard error={asked.error} again={asked.refetch} />;
  if (asked.data === undefined) return <PageSkeleton />;
  return (
    <SegmentEditor
      name={null}
      base={{ where: '', description: '', version: asked.data.version }}
      begin={query.get('where') ?? ''}
    />
  );
}
