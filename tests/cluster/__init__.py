"""The chart's release on a real cluster: installed, killed, upgraded and taken back."""
