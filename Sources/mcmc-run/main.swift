print("mcmc-run")
