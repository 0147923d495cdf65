import { useState } from 'react';

import { THEME_KEY } from '../theme';

/** Light and dark as the system has it, unless the person chose. */
export function ThemeChoice() {
  const [theme, setTheme] = useState(() => document.documentElement.dataset['theme'] ?? 'system');
  const choose = (next: string) => {
    setTheme(next);
    if (next === 'system') {
      localStorage.removeItem(THEME_KEY);
      delete document.documentElement.dataset['theme'];
    } else {
      localStorage.setItem(THEME_KEY, next);
      document.documentElement.dataset['theme'] = next;
    }
  };
  return (
    <label className="theme">
      <span className="visually-hidden">Theme</span>
      <select value={theme} onChange={(event) => choose(event.target.value)}>
        <option value="system">System theme</option>
        <option value="light">Light theme</option>
        <option value="dark">Dark theme</option>
      </select>
    </label>
  );
}
