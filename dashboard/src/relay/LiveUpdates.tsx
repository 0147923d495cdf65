import { useContext, useEffect } from 'react';
import { graphql, requestSubscription, useRelayEnvironment } from 'react-relay';
import type { GraphQLTaggedNode } from 'relay-runtime';

import { TopicsContext, type Topic } from './topics';

// What arrives is written into the cache, so that all components that show the row show it as it now is. Views that count
// rows, or list those that pass a filter, fetch again.
const runs = graphql`
  subscription LiveUpdatesRunsSubscription($after: String) {
    workspaceConnectorSyncLogChanged(after: $after) {
      cursor
      node {
        ...RunCells_run
        workspaceConnector {
          syncInProgress
          connectionState
          latestSyncLog {
            id
          }
        }
      }
    }
  }
`;
const connectors = graphql`
  subscription LiveUpdatesConnectorsSubscription($after: String) {
    workspaceConnectorChanged(after: $after) {
      cursor
      node {
        ...ConnectorName_connector
        status
        connectionState
        lastSuccessfulSyncAt
        updatedAt
      }
    }
  }
`;
const diagnostics = graphql`
  subscription LiveUpdatesDiagnosticsSubscription($after: String) {
    connectorSyncDiagnosticCreated(after: $after) {
      cursor
      node {
        ...DiagnosticCells_diagnostic
      }
    }
  }
`;
const mappings = graphql`
  subscription LiveUpdatesMappingsSubscription($after: String) {
    connectorMappingChanged(after: $after) {
      cursor
      node {
        ...MappingCells_mapping
      }
    }
  }
`;
const collects = graphql`
  subscription LiveUpdatesCollectsSubscription($after: String) {
    collectChanged(after: $after) {
      cursor
      node {
        ...CollectCells_collect
      }
    }
  }
`;
const documents = graphql`
  subscription LiveUpdatesDocumentsSubscription($after: String) {
    documentChanged(after: $after) {
      cursor
      node {
        ...DocumentCells_document
      }
    }
  }
`;
const links = graphql`
  subscription LiveUpdatesLinksSubscription($after: String) {
    documentWorkspaceConnectorCreated(after: $after) {
      cursor
      node {
        id
      }
    }
  }
`;

interface Followed {
  subscription: GraphQLTaggedNode;
  topics: Topic[];
  /** Whether guests may follow it. */
  guests: boolean;
}

const FOLLOWED: Followed[] = [
  { subscription: runs, topics: ['runs', 'connectors'], guests: true },
  { subscription: connectors, topics: ['connectors'], guests: true },
  { subscription: diagnostics, topics: ['diagnostics'], guests: false },
  { subscription: mappings, topics: ['mappings'], guests: false },
  { subscription: collects, topics: ['collects'], guests: true },
  { subscription: documents, topics: ['documents'], guests: true },
  { subscription: links, topics: ['documents'], guests: true },
];

/** The API has no subscription for these, so they are fetched again while the page is in view. */
const POLLED: Topic[] = ['tasks', 'members'];
const POLL_INTERVAL_MS = 15_000;

/** Follows everything in the workspace that changes. */
export function LiveUpdates({ guest }: { guest: boolean }) {
  const environment = useRelayEnvironment();
  const topics = useContext(TopicsContext);
  useEffect(() => {
    const followed = FOLLOWED.filter(({ guests }) => guests || !guest).map(({ subscription, topics: changed }) =>
      requestSubscription(environment, { subscription, variables: {}, onNext: () => topics.changed(...changed) }),
    );
    return () => followed.forEach((one) => one.dispose());
  }, [environment, topics, guest]);
  useEffect(() => {
    const poll = () => document.visibilityState === 'visible' && topics.changed(...POLLED);
    const timer = setInterval(poll, POLL_INTERVAL_MS);
    document.addEventListener('visibilitychange', poll);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', poll);
    };
  }, [topics]);
  return null;
}
