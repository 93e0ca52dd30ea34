using Throttle.Cli;

return await ThrottleCommand.RunAsync(args, Terminal.OfProcess()).ConfigureAwait(false);
