#!/usr/bin/env node
// Here before anything is built, so that an install can link the command.
import "../dist/refund.js"
