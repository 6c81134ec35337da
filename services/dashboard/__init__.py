"""The dashboard: supervisors see, operators train. A client of the API (`diktor.client`) and of nothing else."""
