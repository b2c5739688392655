"""The Helm chart: what it says of the platform is true, and what it renders Kubernetes takes."""
