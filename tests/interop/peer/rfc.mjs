// Loads the changes of rfc-hooks.mjs before ts-mls does: node --import ./rfc.mjs peer.mjs
import { register } from "node:module";

register("./rfc-hooks.mjs", import.meta.url);
