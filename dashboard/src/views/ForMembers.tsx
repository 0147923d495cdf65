import { Empty, Page } from '../ui/basics';

/** What a guest sees of a view that guests may not read. */
export function ForMembers({ title }: { title: string }) {
  return (
    <Page title={title}>
      <Empty title={`${title === 'Mapping' ? 'Mappings' : title} are for members, admins and owners.`}>Ask an admin of the workspace for another role.</Empty>
    </Page>
  );
}
