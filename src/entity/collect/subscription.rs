//! The root field that follows.

use super::Collect;
use crate::db::changes::Entity;
use crate::entity::follow::follow;
use crate::events::Followed;

impl Followed for Collect {
    const ENTITY: Entity = Entity::Collect;
}

follow! {
    CollectSubscription:
    /// What becomes of the collects of the workspace, from now on.
    collect_changed => changed Collect by id
}
