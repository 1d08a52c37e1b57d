// Follow the live feed with npm's EventSource and print, a JSON value a line, "init" and the id of each session told.
//
//     node listen.cjs URL COUNT        (NODE_PATH names the folder of the packages; it ends after COUNT sessions)
"use strict";

const { EventSource } = require("eventsource");

const [url, count] = process.argv.slice(2);
const source = new EventSource(url);
let told = 0;

source.addEventListener("init", () => console.log(JSON.stringify("init")));
source.addEventListener("session", (event) => {
  console.log(JSON.stringify(JSON.parse(event.data).session_id));
  told += 1;
  if (told === Number(count)) {
    source.close();
  }
});
