import { createContext } from 'react';

/** Differs after each try to show again what failed: what is kept of the former try is not taken for the answer to this one. */
export const RetryContext = createContext('');
