"""What we know of SCP's wire. Usable from a plain Python shell: no models, no pages."""
