/** Importing a file. */
import { Anchor } from '@mantine/core';
import { Link } from 'react-router';

import { ImportWizard } from '../../parts/ImportWizard';
import { PageHeader } from '../../parts/PageHeader';

export const NewImportPage = () => (
  <>
    <PageHeader
      title="Import a file"
      purpose="Send a table of yours, look over what it was taken for, and let it in."
      above={
        <Anchor component={Link} to="/sources" size="sm">
          Sources
        </Anchor>
      }
    />
    <ImportWizard />
  </>
);
