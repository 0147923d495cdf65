import { graphql } from 'react-relay';

import type { MembersQuery } from '../../../__generated__/MembersQuery.graphql';
import { useViewer } from '../../app/viewer';
import { useLiveQuery, useRefresh } from '../../relay/useQuery';
import { useRead } from '../../relay/workspace';
import { Empty, Page, Section, Text, Time } from '../../ui/basics';
import { DataTable, type Column } from '../../ui/DataTable';
import { ErrorBoundary } from '../../ui/ErrorBoundary';
import { count, words } from '../../ui/format';
import { QueryButton } from '../../ui/QueryButton';
import { Later } from '../../ui/Later';
import { lazily } from '../../ui/lazily';

const CreateKey = lazily(() => import('./KeyActions').then(({ CreateKey }) => ({ default: CreateKey })));
const RevokeKey = lazily(() => import('./KeyActions').then(({ RevokeKey }) => ({ default: RevokeKey })));

const MEMBERS: readonly Column[] = [
  { id: 'person', header: 'Person' },
  { id: 'role', header: 'Role' },
  { id: 'status', header: 'Status' },
  { id: 'subject', header: 'Signs in as' },
  { id: 'since', header: 'Since' },
];
const KEYS: readonly Column[] = [
  { id: 'name', header: 'Name' },
  { id: 'hint', header: 'Key' },
  { id: 'role', header: 'Role' },
  { id: 'used', header: 'Last used' },
  { id: 'expires', header: 'Expires' },
  { id: 'actions', header: 'Actions' },
];

const query = graphql`
  query MembersQuery {
    memberships(first: 100, orderBy: [{ field: CREATED_AT, direction: ASC }]) {
      totalCount
      nodes {
        id
        role
        status
        subject
        createdAt
        person {
          fullName
        }
      }
    }
    apiKeys(first: 100) {
      totalCount
      nodes {
        id
        name
        keyHint
        role
        lastUsedAt
        expiresAt
        updatedAt
      }
    }
  }
`;

type Member = NonNullable<MembersQuery['response']['memberships']>['nodes'][number];
type Key = NonNullable<MembersQuery['response']['apiKeys']>['nodes'][number];

/** Who may use the workspace, for admins. */
export function Members() {
  const { admin } = useViewer();
  if (!admin) {
    return (
      <Page title="Members and keys">
        <Empty title="Members and keys are for admins and owners.">Ask one of them for a key, or for another role.</Empty>
      </Page>
    );
  }
  return <Lists />;
}

function Lists() {
  const { memberships, apiKeys } = useLiveQuery<MembersQuery>(query, {}, ['members']);
  const refresh = useRefresh(query, {});
  return (
    <Page
      title="Members and keys"
      lead="Who may use this workspace, and which programs."
      actions={
        <>
          <Later part="The actions">
            <CreateKey onDone={refresh} />
          </Later>
          <QueryButton operations={['MembersQuery']} />
        </>
      }
    >
      <ErrorBoundary part="The members" resetKey="" onRetry={refresh}>
        <MemberList memberships={memberships} />
      </ErrorBoundary>
      <ErrorBoundary part="The API keys" resetKey="" onRetry={refresh}>
        <KeyList apiKeys={apiKeys} refresh={refresh} />
      </ErrorBoundary>
    </Page>
  );
}

function MemberList({ memberships }: Pick<MembersQuery['response'], 'memberships'>) {
  const { nodes, totalCount } = useRead('MembersQuery')(memberships, 'memberships');
  return (
    <Section title="Members" note={count(totalCount, 'member')}>
      <DataTable label="The members" columns={MEMBERS} rows={nodes} keyOf={({ id }) => id} useCells={memberCells} />
    </Section>
  );
}

function KeyList({ apiKeys, refresh }: Pick<MembersQuery['response'], 'apiKeys'> & { refresh: () => void }) {
  const { nodes, totalCount } = useRead('MembersQuery')(apiKeys, 'apiKeys');
  return (
    <Section title="API keys" note={count(totalCount, 'key')}>
      {nodes.length === 0 ? (
        <Empty title="There is no key.">Create one for each program, so that each can be revoked by itself.</Empty>
      ) : (
        <DataTable label="The API keys" columns={KEYS} rows={nodes} keyOf={({ id }) => id} useCells={(key) => keyCells(key, refresh)} />
      )}
    </Section>
  );
}

function memberCells(member: Member) {
  return {
    person: <Text value={member.person?.fullName} />,
    role: words(member.role),
    status: <span className={`badge ${member.status === 'ACTIVE' ? 'good' : 'quiet'}`}>{words(member.status)}</span>,
    subject: <Text value={member.subject} />,
    since: <Time at={member.createdAt} />,
  };
}

function keyCells(key: Key, onDone: () => void) {
  return {
    name: key.name,
    hint: <code>{key.keyHint}</code>,
    role: words(key.role),
    used: key.lastUsedAt ? <Time at={key.lastUsedAt} ago /> : <span className="quiet">Never</span>,
    expires: key.expiresAt ? <Time at={key.expiresAt} /> : <span className="quiet">Never</span>,
    actions: (
      <Later part="The actions">
        <RevokeKey id={key.id} name={key.name} updatedAt={key.updatedAt ?? null} onDone={onDone} />
      </Later>
    ),
  };
}
