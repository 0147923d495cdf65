//! Values as they were sent and as they are stored.

mod clocks;
mod far_times;
mod json;
mod labels;
mod stored;
