/**
 * Importing one's own file: send it, look over what it was taken for, import it.
 *
 * Where it stands is in the address (`upload`, `job`), so that it can be left and come back to.
 *
 * <ImportWizard onDone={(job) => …} />
 */
import { useState } from 'react';

import { useAsk } from '../api/ask';
import { Review } from './importing/Review';
import { Running } from './importing/Running';
import { SendFile, type Uploaded } from './importing/SendFile';
import { useUrlState } from './useUrlState';

interface ImportWizardProps {
  /** Called once an import has begun. */
  onStarted?: (job: string) => void;
}

export function ImportWizard({ onStarted }: ImportWizardProps) {
  const [upload, setUpload] = useUrlState('upload', '');
  const [job, setJob] = useUrlState('job', '');
  const [sent, setSent] = useState<Uploaded | null>(null);
  const shelf = useAsk('/v1/uploads', {}, { enabled: upload !== '' && sent?.id !== upload });
  const file = sent?.id === upload ? sent : (shelf.data?.uploads.find(({ id }) => id === upload) ?? null);

  const toStart = () => {
    setUpload('');
    setJob('');
  };
  if (job !== '') return <Running job={job} onAnother={toStart} />;
  if (upload === '') {
    return (
      <SendFile
        onSent={(found) => {
          setSent(found);
          setUpload(found.id, { push: true });
        }}
      />
    );
  }
  return (
    <Review
      key={upload}
      upload={upload}
      file={file}
      onDiscarded={toStart}
      onStarted={(begun) => {
        setUpload('');
        setJob(begun);
        onStarted?.(begun);
      }}
    />
  );
}
