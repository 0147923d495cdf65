import { type ReactNode } from 'react';
import { graphql, useFragment } from 'react-relay';

import type { TaskCells_task$key } from '../../../__generated__/TaskCells_task.graphql';
import { useViewer } from '../../app/viewer';
import { Badge, Text, Time } from '../../ui/basics';
import type { Column } from '../../ui/DataTable';
import { formatDate } from '../../ui/format';
import { Later } from '../../ui/Later';
import { lazily } from '../../ui/lazily';

const EditTask = lazily(() => import('./TaskForm').then(({ EditTask }) => ({ default: EditTask })));

export const TASK_COLUMNS: readonly Column[] = [
  { id: 'title', header: 'Title', order: 'TITLE', first: 'ASC' },
  { id: 'status', header: 'Status' },
  { id: 'priority', header: 'Priority' },
  { id: 'due', header: 'Due', order: 'DUE_DATE', first: 'ASC' },
  { id: 'assigned', header: 'Assigned to' },
  { id: 'created', header: 'Created', order: 'CREATED_AT' },
  { id: 'actions', header: 'Actions' },
];

/** What a table shows of a task. */
export function useTaskCells({ node }: { node: TaskCells_task$key }): Record<string, ReactNode> {
  const { work } = useViewer();
  const task = useFragment(
    graphql`
      fragment TaskCells_task on Task {
        ...TaskForm_task
        title
        status
        priority
        dueDate
        createdAt
        assignedTo {
          fullName
        }
      }
    `,
    node,
  );
  return {
    title: task.title,
    status: <Badge of="task" value={task.status} />,
    priority: <Text value={task.priority} />,
    due: task.dueDate ? <time dateTime={task.dueDate}>{formatDate(task.dueDate)}</time> : <Text value={null} />,
    assigned: <Text value={task.assignedTo?.fullName} />,
    created: <Time at={task.createdAt} />,
    actions: work ? (
      <Later part="The actions">
        <EditTask task={task} />
      </Later>
    ) : (
      <Text value={null} />
    ),
  };
}
