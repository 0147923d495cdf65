import { Suspense, useDeferredValue, useState } from 'react';
import { graphql, useFragment } from 'react-relay';

import type { TaskForm_task$key } from '../../../__generated__/TaskForm_task.graphql';
import type { TaskFormCreateMutation, TaskStatus } from '../../../__generated__/TaskFormCreateMutation.graphql';
import type { TaskFormPeopleQuery } from '../../../__generated__/TaskFormPeopleQuery.graphql';
import type { TaskFormUpdateMutation } from '../../../__generated__/TaskFormUpdateMutation.graphql';
import { useAction } from '../../relay/useAction';
import { useQuery } from '../../relay/useQuery';
import { Skeleton } from '../../ui/basics';
import { ErrorBoundary } from '../../ui/ErrorBoundary';
import { ChoiceField, Field } from '../../ui/fields';
import { Select } from '../../ui/Select';
import { FormAction } from '../../ui/FormAction';
import { outcomeOf } from '../../ui/FormDialog';
import { UNKNOWN } from '../../ui/format';
import { choices, word } from '../../ui/vocabulary';

interface Assigned {
  readonly id: string;
  readonly fullName: string | null | undefined;
}

interface Values {
  readonly title?: string;
  readonly description?: string | null | undefined;
  /** Empty when it is unknown. */
  readonly status?: string;
  readonly priority?: string | null | undefined;
  readonly dueDate?: string | null | undefined;
  readonly assignedTo?: Assigned | null | undefined;
}

/** Creates a task, which is the first of the list before the server has answered. */
export function CreateTask({ connection, onDone }: { connection: string; onDone: () => void }) {
  const create = useAction<TaskFormCreateMutation>(graphql`
    mutation TaskFormCreateMutation($input: CreateTaskInput!, $connections: [ID!]!) @raw_response_type {
      createTask(input: $input) {
        task @prependNode(connections: $connections, edgeTypeName: "TaskEdge") {
          id
          ...TaskCells_task
        }
        userErrors {
          ...useAction_error @relay(mask: false)
        }
      }
    }
  `);
  return (
    <FormAction
      label="Create a task"
      look="primary"
      submit="Create"
      onSubmit={async (values, { idempotencyKey }) => {
        const input = inputOf(values);
        const { assignedToId: _, ...shown } = input;
        const now = new Date().toISOString();
        const { createTask: payload } = await create(
          { input: { ...input, idempotencyKey }, connections: [connection] },
          {
            createTask: {
              task: { status: 'OPEN', ...shown, id: `client:${idempotencyKey}`, createdAt: now, updatedAt: null, assignedTo: null },
              userErrors: [],
            },
          },
        );
        if (payload?.userErrors.length === 0) onDone();
        return { errors: payload?.userErrors ?? [] };
      }}
    >
      <TaskFields values={{}} />
    </FormAction>
  );
}

/** Changes a task, which is shown as changed before the server has answered. */
export function EditTask({ task: key }: { task: TaskForm_task$key }) {
  const task = useFragment(
    graphql`
      fragment TaskForm_task on Task {
        id
        title
        description
        status
        priority
        dueDate
        updatedAt
        assignedTo {
          id
          fullName
        }
      }
    `,
    key,
  );
  const update = useAction<TaskFormUpdateMutation>(graphql`
    mutation TaskFormUpdateMutation($input: UpdateTaskInput!) @raw_response_type {
      updateTask(input: $input) {
        task {
          title
          status
          updatedAt
          ...TaskForm_task
        }
        userErrors {
          ...useAction_error @relay(mask: false)
        }
      }
    }
  `);
  return (
    <FormAction
      label="Edit"
      name={`Edit ${task.title}`}
      look="small"
      title="Edit the task"
      submit="Save"
      updatedAt={task.updatedAt}
      onSubmit={async (entered, { expectedUpdatedAt }) => {
        const values = inputOf(entered);
        const { assignedToId: _, ...shown } = values;
        const { updateTask: payload } = await update(
          { input: { id: task.id, ...values, expectedUpdatedAt } },
          { updateTask: { task: { ...task, ...shown, title: shown.title || task.title }, userErrors: [] } },
        );
        return outcomeOf(
          payload?.userErrors,
          payload?.task,
          ({ title, status }) => `It is “${title}”, ${word('task', status).label.toLowerCase()}, now.`,
        );
      }}
    >
      <TaskFields values={{ ...task, status: task.status ?? '' }} />
    </FormAction>
  );
}

/** What was entered, as the API takes it: what is empty is cleared, but for the status, which stays as it is. Nothing
 * is said of who it is assigned to, unless that was changed. */
function inputOf({ title, description, status, priority, dueDate, assignedToId }: Record<string, string>) {
  return {
    title: title ?? '',
    description: description?.trim() || null,
    ...(status && { status: status as TaskStatus }),
    priority: priority?.trim() || null,
    dueDate: dueDate || null,
    ...(assignedToId !== undefined && { assignedToId: assignedToId || null }),
  };
}

/** Leaves a status alone that the server does not know. */
const KEPT = { value: '', label: `${UNKNOWN}; leave it as it is` };

function TaskFields({ values }: { values: Values }) {
  return (
    <>
      <Field name="title" label="Title" value={values.title} autoFocus />
      <Field name="description" label="Description" value={values.description} long />
      <ChoiceField name="status" label="Status" value={values.status ?? 'OPEN'} options={values.status === '' ? [KEPT, ...choices('task')] : choices('task')} />
      <Field name="priority" label="Priority" value={values.priority} />
      <Field name="dueDate" label="Due" value={values.dueDate} type="date" />
      <ErrorBoundary part="The people" resetKey="">
        <Suspense fallback={<Skeleton lines={1} />}>
          <Assignee assigned={values.assignedTo ?? null} />
        </Suspense>
      </ErrorBoundary>
    </>
  );
}

const optionOf = ({ id, fullName }: Assigned) => ({ value: id, label: fullName || 'Without a name' });

/** Who it is assigned to: a person of the first page, or one that is searched for by name. Sent only when changed. */
function Assignee({ assigned }: { assigned: Assigned | null }) {
  const [former] = useState(assigned);
  const [chosen, choose] = useState(former);
  const [name, setName] = useState('');
  const sought = useDeferredValue(name.trim());
  const { people } = useQuery<TaskFormPeopleQuery>(
    graphql`
      query TaskFormPeopleQuery($filter: PeopleFilter) {
        people(first: 100, filter: $filter, orderBy: [{ field: FULL_NAME, direction: ASC }]) {
          pageInfo {
            hasNextPage
          }
          nodes {
            id
            fullName
          }
        }
      }
    `,
    { filter: sought ? { fullName: { contains: sought } } : {} },
  );
  const found = people?.nodes ?? [];
  const more = people?.pageInfo.hasNextPage ?? false;
  const known = new Map([former, chosen, ...found].flatMap((person) => (person ? [[person.id, person]] : [])));
  return (
    <>
      {(more || name) && (
        <label className="field">
          <span>Search people by name</span>
          <input type="search" value={name} onChange={(event) => setName(event.target.value)} />
        </label>
      )}
      <Select
        label="Assigned to"
        name={chosen?.id === former?.id ? undefined : 'assignedToId'}
        value={chosen?.id ?? ''}
        onChange={(event) => choose(known.get(event.target.value) ?? null)}
        options={[{ value: '', label: 'Nobody' }, ...[...known.values()].map(optionOf)]}
      />
      {more && <p className="quiet">There are more people. Search by name.</p>}
    </>
  );
}
