import { Link, useParams } from '@tanstack/react-router';
import type { ComponentType } from 'react';

import { Empty, Page } from '../ui/basics';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The view of one row, unless the address has no id of any. */
export function ofId(noun: 'connector' | 'run' | 'mapping', View: ComponentType & { preload: () => Promise<void> }) {
  function OfId() {
    const { id = '' } = useParams({ strict: false });
    if (UUID.test(id)) return <View />;
    return (
      <Page title="Nothing here">
        <Empty title={`There is no such ${noun} in this workspace.`}>
          The address has no id of one. <Link to={`/${noun}s`}>All {noun}s</Link>
        </Empty>
      </Page>
    );
  }
  OfId.preload = View.preload;
  return OfId;
}
