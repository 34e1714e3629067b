using System.Collections.Concurrent;

namespace RSocketIm.Tests.TestKit;

/// <summary>Keeps everything that is logged, with its values, scopes and exceptions, as one text.</summary>
internal sealed class LogCollector : ILoggerProvider, ISupportExternalScope
{
    private readonly ConcurrentQueue<string> lines = new();
    private IExternalScopeProvider? scopes;

    public string Text => string.Join('\n', lines);

    public ILogger CreateLogger(string categoryName) => new Collector(this, categoryName);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => scopes = scopeProvider;

    public void Dispose()
    {
    }

    private sealed class Collector(LogCollector owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            string values = state is IEnumerable<KeyValuePair<string, object?>> pairs ? string.Join(' ', pairs) : "";
            owner.lines.Enqueue($"{logLevel} {category}: {formatter(state, exception)} {values} {exception}");
            owner.scopes?.ForEachScope((scope, lines) => lines.Enqueue($"{scope}"), owner.lines);
        }
    }
}
