// Loaded before every test file: Nest's packages require each other in a cycle unless these three come first.
import 'reflect-metadata';
import '@nestjs/common';
import '@nestjs/core';
import { types } from 'node:util';

// Jest runs tests in a realm of its own, so errors that Node makes (ENOENT, ECONNREFUSED) are not `instanceof` the Error that our code
// sees. In production there is one realm; here the check is told to look at what the value is.
const isInstance = Function.prototype[Symbol.hasInstance];
Object.defineProperty(Error, Symbol.hasInstance, {
  value(value) {
    return isInstance.call(this, value) || (this === Error && types.isNativeError(value));
  },
});
