"""What one payee gets from one schedule, added up from its lines."""
