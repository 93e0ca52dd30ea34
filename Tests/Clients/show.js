"use strict";

// Prints what was asked, and what was answered.
exports.show = async (asked, run) => {
  let answer;
  try {
    answer = JSON.stringify(await run());
  } catch (error) {
    answer = `${error.name}: ${error.message}`;
  }

  console.log(`${asked} -> ${answer}`);
};
