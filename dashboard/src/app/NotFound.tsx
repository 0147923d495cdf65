import { Link } from '@tanstack/react-router';

import { Empty, Page } from '../ui/basics';

export function NotFound() {
  return (
    <Page title="Nothing here">
      <Empty title="There is no view at this address.">
        <Link to="/">Go to the overview</Link>
      </Empty>
    </Page>
  );
}
