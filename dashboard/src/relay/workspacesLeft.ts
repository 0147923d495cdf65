import { fetchQuery, graphql } from 'react-relay';

import type { workspacesLeftQuery } from '../../__generated__/workspacesLeftQuery.graphql';
import type { Session } from '../session/session';
import { openWorkspace } from './environment';
import { ApiError } from './errors';

interface Named {
  readonly id: string;
  readonly name: string;
}

/** The workspaces that somebody may use, asked without naming one. */
export async function workspacesLeft(session: Session): Promise<readonly Named[]> {
  try {
    return await asked(session, undefined);
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'FORBIDDEN') throw error;
    // Among several of which none is the default, the server wants one to be named, and says which there are.
    const [id] = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(error.message) ?? [];
    return id ? asked(session, id) : [];
  }
}

async function asked(session: Session, id: string | undefined): Promise<readonly Named[]> {
  const { environment, close } = openWorkspace(session, id);
  try {
    const answer = await fetchQuery<workspacesLeftQuery>(
      environment,
      graphql`
        query workspacesLeftQuery {
          viewer {
            workspace {
              id
              name
            }
            workspaces {
              id
              name
            }
          }
        }
      `,
      {},
    ).toPromise();
    const { workspace, workspaces } = answer!.viewer;
    // An API key lists none beside its own.
    return workspaces.length > 0 ? workspaces : [workspace];
  } finally {
    close();
  }
}
