import 'graphiql/setup-workers/vite';
import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import 'graphiql/graphiql.css';
import './style.css';

import { createRoot } from 'react-dom/client';

import { Playground } from './playground.jsx';
import { loadSchema } from './schema.js';

const schema = await loadSchema();
createRoot(document.getElementById('graphiql')).render(<Playground schema={schema} />);
