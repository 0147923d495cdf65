//! What the process takes of the machine, as Linux tells it; elsewhere there is nothing to tell.

use std::fs;
use std::time::Instant;

use opentelemetry::metrics::Meter;

/// What Linux counts processor time in, in each second.
const TICKS: f64 = 100.0;

/// Measures the process whenever somebody looks.
pub(super) fn measure(meter: &Meter) {
    let started = Instant::now();
    meter
        .f64_observable_gauge("process.uptime")
        .with_unit("s")
        .with_description("How long the server has been up.")
        .with_callback(move |gauge| gauge.observe(started.elapsed().as_secs_f64(), &[]))
        .build();
    meter
        .u64_observable_gauge("process.memory.usage")
        .with_unit("By")
        .with_description("Physical memory in use.")
        .with_callback(|gauge| resident_bytes().into_iter().for_each(|bytes| gauge.observe(bytes, &[])))
        .build();
    meter
        .f64_observable_counter("process.cpu.time")
        .with_unit("s")
        .with_description("Processor time spent.")
        .with_callback(|counter| cpu_seconds().into_iter().for_each(|seconds| counter.observe(seconds, &[])))
        .build();
    meter
        .u64_observable_gauge("process.unix.file_descriptor.count")
        .with_unit("{file_descriptor}")
        .with_description("Open files, connections among them.")
        .with_callback(|gauge| open_files().into_iter().for_each(|files| gauge.observe(files, &[])))
        .build();
}

fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let kibibytes: u64 =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().split(' ').next()?.parse().ok()?;
    Some(kibibytes * 1_024)
}

fn cpu_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The program's name may hold spaces and brackets; the times in user and kernel mode are the 12th and 13th behind.
    let mut times = stat.rsplit_once(')')?.1.split_whitespace().skip(11).map(str::parse::<f64>);
    Some((times.next()?.ok()? + times.next()?.ok()?) / TICKS)
}

fn open_files() -> Option<u64> {
    u64::try_from(fs::read_dir("/proc/self/fd").ok()?.count()).ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn the_process_is_measured() {
        let before = cpu_seconds().unwrap();
        let block = std::hint::black_box(vec![1_u8; 64 << 20]);
        assert!(resident_bytes().unwrap() > 64 << 20);
        while cpu_seconds().unwrap() <= before {}
        assert!(open_files().unwrap() > 2);
        drop(block);
    }
}
