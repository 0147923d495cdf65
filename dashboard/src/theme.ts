export const THEME_KEY = 'dashboard:theme';

/** Sets what was chosen before, ahead of anything that is drawn. */
export function restoreTheme() {
  const kept = localStorage.getItem(THEME_KEY);
  if (kept === 'light' || kept === 'dark') document.documentElement.dataset['theme'] = kept;
}
