// Every page. Reading works without any of it.

import "./theme.js";
import "./drawer.js";
import "./toast.js";
import "./palette.js";
import "./controls.js";
import "./live.js";
