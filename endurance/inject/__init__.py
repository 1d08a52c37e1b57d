"""The sidecar in other people's manifests: `sidecar` (the container), `workload`, `service`, `manifest` (a stream)."""
