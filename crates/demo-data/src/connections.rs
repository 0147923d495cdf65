//! The catalogue and what is connected of it.

use super::SeedError;
use super::catalogue::Shape;
use super::copy::{DAY, Json, MINUTE, TableCopy};
use super::members::someone;
use super::runs;
use super::world::{Stream, World};

pub(super) const CONNECTORS: &str = "pk, connector_id, service_id, name, provider, category_id, direction, status, \
    logo_url, data_domains, created_at, updated_at, deleted_at, workspace_pk";

pub(super) async fn write_connectors(world: &World, mut copy: TableCopy<'_>) -> Result<u64, SeedError> {
    for ((entry, pk, _), index) in world.catalogue.iter().zip(0..).filter(|((.., missing), _)| *missing) {
        let mut rng = world.rng(Stream::Connector, [index, 0, 0]);
        let created = world.now.minus(300 * DAY - rng.between(0, 60 * DAY));
        let changed = created.plus(rng.between(0, 200 * DAY));
        let owner = entry.owner.and_then(|owner| world.tenants.iter().find(|tenant| tenant.external == owner));
        copy.row()
            .put(*pk)
            .put(rng.uuid())
            .put(entry.slug)
            .put(entry.name)
            .put(entry.provider)
            .put(entry.kind.category())
            .put(entry.direction)
            .put(entry.status)
            .put(owner.is_none().then(|| format!("https://assets.example.com/connectors/{}.svg", entry.slug)))
            .put(entry.kind.domains())
            .put(created)
            .put(changed)
            .put(entry.deleted.then_some(changed))
            .put(owner.map(|tenant| tenant.pk));
        copy.pace().await?;
    }
    copy.finish().await
}

pub(super) const WORKSPACE_CONNECTORS: &str = "pk, workspace_connector_id, status, config, account_label, \
    last_successful_sync_at, created_at, updated_at, deleted_at, workspace_pk, connector_pk, person_pk";

pub(super) async fn write_workspace_connectors(world: &World, mut copy: TableCopy<'_>) -> Result<u64, SeedError> {
    for tenant in &world.tenants {
        for connection in world.connections(tenant) {
            let mut rng = world.rng(Stream::Connection, [tenant.index, connection.index, 1]);
            let synced = runs::last_success(world, tenant, &connection);
            let changed = synced.unwrap_or(connection.created.plus(MINUTE)).min(world.now);
            let authorised = connection.shape != Shape::Idle;
            let config = authorised.then(|| {
                let (access, refresh) = (rng.hex(), rng.hex());
                Json(format!(r#"{{"access_token":"demo-access-{access}","refresh_token":"demo-refresh-{refresh}"}}"#))
            });
            copy.row()
                .put(connection.pk)
                .put(rng.uuid())
                .put(connection.status)
                .put(config)
                .put(connection.label.as_ref())
                .put(synced)
                .put(connection.created)
                .put(connection.deleted.unwrap_or(changed))
                .put(connection.deleted)
                .put(tenant.pk)
                .put(connection.connector_pk)
                .put(rng.percent(90).then(|| someone(&mut rng, tenant)));
            copy.pace().await?;
        }
    }
    copy.finish().await
}
