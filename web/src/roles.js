const KEY = 'graphiql:role';
const SESSION = 'dashboard:session';

/** The demo's roles, each with its token. The server names none outside of demo mode. */
const demo = JSON.parse(document.getElementById('roles')?.textContent ?? '[]');

/** Who is signed in to the dashboard, when it opened this tab. */
const signedIn = JSON.parse(sessionStorage.getItem(SESSION) ?? 'null');
const own = signedIn && !demo.some(({ token }) => token === signedIn.token);

/** Whom one may ask as. */
export const roles = own ? [{ subject: signedIn.label, token: signedIn.token }, ...demo] : demo;

/** Who is signed in, the role that was chosen last, or else a member; `undefined` outside of demo mode. */
export function chosenRole() {
  return (own ? roles[0] : undefined) ?? find(localStorage.getItem(KEY)) ?? roles.find(({ subject }) => subject.startsWith('member@')) ?? roles[0];
}

/** Remembers a choice by its name only, since tokens are made anew at each start of the server. */
export function rememberRole(subject) {
  localStorage.setItem(KEY, subject);
  return find(subject);
}

function find(wanted) {
  return roles.find(({ subject }) => subject === wanted);
}
