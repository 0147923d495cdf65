// The dashboard in a real browser, topic by topic.
import './topics/signing-in.js';
import './topics/overview.js';
import './topics/live.js';
import './topics/lists.js';
import './topics/failures.js';
import './topics/roles.js';
import './topics/membership.js';
import './topics/actions.js';
import './topics/dialogs.js';
import './topics/mappings.js';
import './topics/developers.js';
import './topics/everyone.js';
import './topics/serving.js';
