#![allow(dead_code, unused_imports, clippy::all, missing_docs, reason = "scratch")]
#[path = "../api/change.rs"]
mod change;
#[path = "../api/database/mod.rs"]
mod database;
#[path = "../api/isolation/mod.rs"]
mod isolation;
#[path = "../api/kit/mod.rs"]
mod kit;
#[path = "../api/subscription/mod.rs"]
mod subscription;
