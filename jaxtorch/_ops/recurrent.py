"""Recurrent networks as scans."""
