// Loaded before every test file: Nest's packages require each other in a cycle unless these three come first.
import 'reflect-metadata';
import '@nestjs/common';
import '@nestjs/core';
