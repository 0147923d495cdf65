//! What nobody may have all of, and what is refused.

pub mod cost;
pub mod documents;
pub mod fairness;
pub mod hostile;
pub mod pools;
pub mod rate;
