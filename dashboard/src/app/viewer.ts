import { createContext, useContext } from 'react';

import { own } from '../ui/format';

/** What may be done with each role or a higher one. */
const RANK: Record<string, number> = { GUEST: 0, MEMBER: 1, ADMIN: 2, OWNER: 3 };

interface Rights {
  readonly role: string;
  /** May read mappings and diagnostics. */
  readonly details: boolean;
  /** May change collects and tasks. */
  readonly work: boolean;
  /** May read how mappings are made. */
  readonly expressions: boolean;
  /** May rename and disconnect connectors, and see members and keys. */
  readonly admin: boolean;
}

export function rightsOf(role: string): Rights {
  const service = role === 'SERVICE';
  const rank = own(RANK, role) ?? -1;
  return {
    role,
    details: service || rank >= 1,
    work: rank >= 1,
    expressions: service || rank >= 2,
    admin: rank >= 2,
  };
}

/** Who looks at the workspace. */
interface Viewer extends Rights {
  /** An API key is of no person. */
  readonly person: { readonly id: string; readonly fullName: string | null | undefined } | null | undefined;
}

export const ViewerContext = createContext<Viewer>({ ...rightsOf('GUEST'), person: null });

/** Who looks, and what they may see and do. The server decides; this only leaves out what it would refuse. */
export const useViewer = () => useContext(ViewerContext);
