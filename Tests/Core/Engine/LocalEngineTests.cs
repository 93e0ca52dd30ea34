using Throttle.Core.Rules;
using Throttle.Tests.Contracts;

namespace Throttle.Tests.Core.Engine;

/// <summary>The engine contract, in process.</summary>
public sealed class LocalEngineTests : EngineContract
{
    protected override Task<EngineHarness> StartAsync(params Rule[] rules) =>
        Task.FromResult<EngineHarness>(new LocalHarness(rules));
}
