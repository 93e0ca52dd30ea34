using Microsoft.Extensions.Configuration;
using Throttle.Silo.Settings;

namespace Throttle.Tests.Cluster.Silo;

/// <summary>File, environment and command line, and which of them counts. One class, because the environment is one.</summary>
[Collection(SiloCollection.Name)]
public sealed class SettingsSourceTests : IDisposable
{
    private const string Port = "THROTTLE_Cluster__SiloPort";
    private const string Typo = "THROTTLE_Cluster__SiloPrt";
    private const string OfAnOrchestrator = "THROTTLE_PORT_8080_TCP";

    private readonly string _folder = Directory.CreateTempSubdirectory("throttle-settings-").FullName;

    [Fact]
    public void Port_InEachPlace_CountsWhereItIsNamedLast()
    {
        Assert.Null(Read([]));
        Write("""{ "Cluster": { "SiloPort": 1 } }""");
        Assert.Equal("1", Read([]));
        WithVariable(Port, "2", () =>
        {
            Assert.Equal("2", Read([]));
            Assert.Equal("3", Read(new() { ["Cluster:SiloPort"] = "3" }));
        });
    }

    [Fact]
    public void Name_NotKnown_IsAFaultExceptForWhatOrchestratorsMake()
    {
        Write("""{ "Cluster": { "SiloPrt": 1 }, "Colour": "red", "Logging": { "LogLevel": { "Orleans": "Debug" } } }""");
        var e = Assert.Throws<InvalidSettingsException>(() => Read([]));
        Assert.Equal(2, e.Faults.Count);
        Assert.Contains("'Cluster:SiloPrt', which is no setting", string.Join('\n', e.Faults), StringComparison.Ordinal);
        Assert.Contains("'Colour', which is no setting", string.Join('\n', e.Faults), StringComparison.Ordinal);

        Write("{}");
        WithVariable(Typo, "1", () =>
        {
            var fault = Assert.Single(Assert.Throws<InvalidSettingsException>(() => Read([])).Faults);
            Assert.Equal($"The variable {Typo} is no setting; see --help.", fault);
        });
        WithVariable(OfAnOrchestrator, "tcp://10.0.0.1:8080", () => Assert.Null(Read([])));
    }

    [Fact]
    public void File_NoJson_IsAFault()
    {
        Write("{ ,");
        var e = Assert.Throws<InvalidSettingsException>(() => Read([]));
        Assert.Contains("appsettings.json' cannot be read", Assert.Single(e.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public void File_NextToTheProgram_HasEverySettingWithItsDefault()
    {
        var configuration = SettingsSource.Read(Path.GetDirectoryName(typeof(SettingList).Assembly.Location)!, new Dictionary<string, string?>());
        Assert.All(SettingList.All, setting =>
        {
            Assert.True(configuration.AsEnumerable().Any(pair => pair.Key == setting.Key), $"{setting.Key} is not in the file.");
            Assert.Equal(setting.Default, configuration[setting.Key] ?? "", ignoreCase: true);
        });
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static void WithVariable(string name, string value, Action act)
    {
        Environment.SetEnvironmentVariable(name, value);
        try
        {
            act();
        }
        finally
        {
            Environment.SetEnvironmentVariable(name, null);
        }
    }

    private void Write(string json) => File.WriteAllText(Path.Combine(_folder, SettingsSource.FileName), json);

    private string? Read(Dictionary<string, string?> commandLine) => SettingsSource.Read(_folder, commandLine)["Cluster:SiloPort"];
}
