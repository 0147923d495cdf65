import { useCallback, useState } from 'react';
import { graphql, usePaginationFragment } from 'react-relay';

import type { Members_keys$data, Members_keys$key } from '../../../__generated__/Members_keys.graphql';
import type { Members_members$data, Members_members$key } from '../../../__generated__/Members_members.graphql';
import type { MembersKeysPageQuery } from '../../../__generated__/MembersKeysPageQuery.graphql';
import type { MembersPageQuery } from '../../../__generated__/MembersPageQuery.graphql';
import type { MembersQuery } from '../../../__generated__/MembersQuery.graphql';
import { useViewer } from '../../app/viewer';
import { useOnChange } from '../../relay/topics';
import { useQuery, useRefresh } from '../../relay/useQuery';
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
    ...Members_members
    ...Members_keys
  }
`;

type Member = NonNullable<Members_members$data['memberships']>['edges'][number];
type Key = NonNullable<Members_keys$data['apiKeys']>['edges'][number];

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
  const found = useQuery<MembersQuery>(query, {}, 'store-and-network');
  const refresh = useRefresh(query, {});
  // A refresh begins both lists anew, so that one of which more was read stays as it is until the person changes something.
  const [longer, setLonger] = useState(false);
  useOnChange(['members'], () => !longer && void refresh());
  const grown = useCallback(() => setLonger(true), []);
  return (
    <Page
      title="Members and keys"
      lead="Who may use this workspace, and which programs."
      actions={
        <>
          <Later part="The actions">
            <CreateKey onDone={refresh} />
          </Later>
          <QueryButton operations={['MembersQuery', 'MembersPageQuery', 'MembersKeysPageQuery']} />
        </>
      }
    >
      <ErrorBoundary part="The members" resetKey="" onRetry={refresh}>
        <MemberList query={found} onMore={grown} />
      </ErrorBoundary>
      <ErrorBoundary part="The API keys" resetKey="" onRetry={refresh}>
        <KeyList query={found} onMore={grown} refresh={refresh} />
      </ErrorBoundary>
    </Page>
  );
}

function MemberList({ query, onMore }: { query: Members_members$key; onMore: () => void }) {
  const { data, ...pages } = usePaginationFragment<MembersPageQuery, Members_members$key>(
    graphql`
      fragment Members_members on Query
      @refetchable(queryName: "MembersPageQuery")
      @argumentDefinitions(first: { type: "Int", defaultValue: 100 }, after: { type: "String" }) {
        memberships(first: $first, after: $after, orderBy: [{ field: CREATED_AT, direction: ASC }])
          @connection(key: "Members_memberships") {
          totalCount
          edges {
            node {
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
        }
      }
    `,
    query,
  );
  const { edges, totalCount } = useRead('MembersQuery')(data.memberships, 'memberships');
  return (
    <Section title="Members" note={count(totalCount, 'member')}>
      <DataTable label="The members" columns={MEMBERS} rows={edges} keyOf={keyOf} useCells={memberCells} total={totalCount} />
      <More pages={pages} noun="members" onMore={onMore} />
    </Section>
  );
}

function KeyList({ query, onMore, refresh }: { query: Members_keys$key; onMore: () => void; refresh: () => void }) {
  const { data, ...pages } = usePaginationFragment<MembersKeysPageQuery, Members_keys$key>(
    graphql`
      fragment Members_keys on Query
      @refetchable(queryName: "MembersKeysPageQuery")
      @argumentDefinitions(first: { type: "Int", defaultValue: 100 }, after: { type: "String" }) {
        apiKeys(first: $first, after: $after) @connection(key: "Members_apiKeys") {
          totalCount
          edges {
            node {
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
      }
    `,
    query,
  );
  const { edges, totalCount } = useRead('MembersQuery')(data.apiKeys, 'apiKeys');
  return (
    <Section title="API keys" note={count(totalCount, 'key')}>
      {edges.length === 0 ? (
        <Empty title="There is no key.">Create one for each program, so that each can be revoked by itself.</Empty>
      ) : (
        <DataTable label="The API keys" columns={KEYS} rows={edges} keyOf={keyOf} useCells={(key) => keyCells(key, refresh)} total={totalCount} />
      )}
      <More pages={pages} noun="keys" onMore={onMore} />
    </Section>
  );
}

const keyOf = ({ node }: { readonly node: { readonly id: string } }) => node.id;

interface Pages {
  readonly hasNext: boolean;
  readonly isLoadingNext: boolean;
  readonly loadNext: (count: number, options: { onComplete: (error: Error | null) => void }) => unknown;
}

/** Reads the next hundred. */
function More({ pages: { hasNext, isLoadingNext, loadNext }, noun, onMore }: { pages: Pages; noun: string; onMore: () => void }) {
  const [failed, setFailed] = useState<Error | null>(null);
  if (!hasNext) return null;
  const more = () => {
    onMore();
    loadNext(100, { onComplete: setFailed });
  };
  return (
    <div className="row">
      <button type="button" className="button" disabled={isLoadingNext} onClick={more}>
        Show more {noun}
      </button>
      {failed && (
        <span className="field-error" role="alert">
          {failed.message}
        </span>
      )}
    </div>
  );
}

function memberCells({ node: member }: Member) {
  return {
    person: <Text value={member.person?.fullName} />,
    role: words(member.role),
    status: <span className={`badge ${member.status === 'ACTIVE' ? 'good' : 'quiet'}`}>{words(member.status)}</span>,
    subject: <Text value={member.subject} />,
    since: <Time at={member.createdAt} />,
  };
}

function keyCells({ node: key }: Key, onDone: () => void) {
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
