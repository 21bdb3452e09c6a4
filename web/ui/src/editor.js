// The entry of the editor's page. Everything else stands in chunks of its own: they share modules, and this file is asked for by another address.
import './editor/editor.css';

import('./editor/page.js');
