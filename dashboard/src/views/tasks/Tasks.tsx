import { useSearch } from '@tanstack/react-router';
import { graphql } from 'react-relay';

import type { Tasks_query$data } from '../../../__generated__/Tasks_query.graphql';
import type { TasksQuery } from '../../../__generated__/TasksQuery.graphql';
import { useViewer } from '../../app/viewer';
import { Empty, Page } from '../../ui/basics';
import { contains, eq, Filters, SearchFilter, SelectFilter } from '../../ui/filters';
import { List } from '../../ui/List';
import { QueryButton } from '../../ui/QueryButton';
import { useList } from '../../ui/useList';
import { choices } from '../../ui/vocabulary';
import { TASK_COLUMNS, useTaskCells } from './TaskCells';
import { Later } from '../../ui/Later';
import { lazily } from '../../ui/lazily';

const CreateTask = lazily(() => import('./TaskForm').then(({ CreateTask }) => ({ default: CreateTask })));

const query = graphql`
  query TasksQuery($first: Int, $after: String, $filter: TaskFilter, $orderBy: [TaskOrder!]) {
    ...Tasks_query @arguments(first: $first, after: $after, filter: $filter, orderBy: $orderBy)
  }
`;

const fragment = graphql`
  fragment Tasks_query on Query
  @refetchable(queryName: "TasksPageQuery")
  @argumentDefinitions(
    first: { type: "Int" }
    after: { type: "String" }
    last: { type: "Int" }
    before: { type: "String" }
    filter: { type: "TaskFilter" }
    orderBy: { type: "[TaskOrder!]" }
  ) {
    tasks(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy)
      @connection(key: "Tasks_tasks") {
      totalCount
      edges {
        cursor
        node {
          id
          ...TaskCells_task
        }
      }
    }
  }
`;

/** All tasks, and the making of a new one. */
export function Tasks() {
  const { work } = useViewer();
  const search = useSearch({ from: '/tasks' });
  const { list, connectionId, refresh } = useList<TasksQuery>({
    query,
    fragment,
    connection: 'Tasks_tasks',
    search,
    orderBy: 'CREATED_AT',
    filter: {
      status: eq(search.status),
      title: contains(search.q),
    },
  });
  return (
    <Page
      title="Tasks"
      lead="What people have to do, such as to collect what no connector brings."
      actions={
        <>
          {work && (
            <Later part="The actions">
              <CreateTask connection={connectionId} onDone={refresh} />
            </Later>
          )}
          <QueryButton operations={['TasksQuery', 'TasksPageQuery']} />
        </>
      }
    >
      <Filters>
        <SelectFilter label="Status" name="status" value={search.status} options={choices('task')} />
        <SearchFilter label="Search titles" value={search.q} />
      </Filters>
      <List
        {...list}
        label="Tasks"
        noun={['task', 'tasks']}
        columns={TASK_COLUMNS}
        useCells={useTaskCells}
        connection={(data: Tasks_query$data) => data.tasks}
        topics={['tasks']}
        empty={<Empty title="No task passes the filters.">Take a filter away to see more.</Empty>}
      />
    </Page>
  );
}
