// The reference of the REST API: each operation with its parameters, and tried in place.
import SwaggerUI from 'swagger-ui-dist/swagger-ui-es-bundle.js';
import 'swagger-ui-dist/swagger-ui.css';

import './reference.css';
import { chosenRole, rememberRole, roles } from './roles.js';

const ui = SwaggerUI({
  dom_id: '#reference',
  url: '/v1/openapi.json',
  // Otherwise a stranger's server is asked whether the document is valid.
  validatorUrl: null,
  deepLinking: true,
  docExpansion: 'none',
  defaultModelsExpandDepth: -1,
  displayRequestDuration: true,
  filter: true,
  tryItOutEnabled: true,
  onComplete: () => askAs(chosenRole()),
});

/** Requests are made as somebody until another token is typed in under “Authorize”. */
function askAs(role) {
  if (role) ui.preauthorizeApiKey('bearer', role.token);
}

if (roles.length > 0) {
  const select = document.createElement('select');
  select.append(...roles.map(({ subject }) => new Option(subject, subject)));
  select.value = chosenRole().subject;
  select.addEventListener('change', () => askAs(rememberRole(select.value)));
  const label = document.createElement('label');
  label.append('Ask as ', select);
  document.querySelector('header').append(label);
}
