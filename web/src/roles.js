const KEY = 'graphiql:role';

/** The demo's roles, each with its token. The server names none outside of demo mode. */
export const roles = JSON.parse(document.getElementById('roles')?.textContent ?? '[]');

/** The role that was chosen last, else a member; `undefined` outside of demo mode. */
export function chosenRole() {
  return find(localStorage.getItem(KEY)) ?? roles.find(({ subject }) => subject.startsWith('member@')) ?? roles[0];
}

/** Remembers a choice by its name only, since tokens are made anew at each start of the server. */
export function rememberRole(subject) {
  localStorage.setItem(KEY, subject);
  return find(subject);
}

function find(wanted) {
  return roles.find(({ subject }) => subject === wanted);
}
