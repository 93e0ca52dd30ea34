using Throttle.Silo;

return await SiloCommand.RunAsync(args, Console.Out, Console.Error).ConfigureAwait(false);
