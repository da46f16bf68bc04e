package com.example.shop.database;

import java.sql.SQLException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.env.Environment;

/** Ends the log of a start that the database refused with the cause and what to look at, in place of a stack trace. */
class DatabaseFailureAnalyzer extends AbstractFailureAnalyzer<SQLException> {

    private final Environment environment;

    DatabaseFailureAnalyzer(Environment environment) {
        this.environment = environment;
    }

    @Override
    protected FailureAnalysis analyze(Throwable failure, SQLException cause) {
        String description = "The database said: %s (SQL state %s). Asked as %s at %s.".formatted(
                words(cause), cause.getSQLState(),
                environment.getProperty("spring.datasource.username"), environment.getProperty("spring.datasource.url"));
        String action = "Access or connection: correct SPRING_DATASOURCE_URL, _USERNAME and _PASSWORD. "
                + "A migration: correct its file; then, if it left a row with success = 0 in flyway_schema_history, delete that row.";
        return new FailureAnalysis(description, action, cause);
    }

    /** The first line of the driver's message, and the reason below it: "Communications link failure: Connection refused". */
    private static String words(SQLException cause) {
        String said = cause.getMessage().lines().findFirst().orElse("nothing");
        Throwable root = NestedExceptionUtils.getMostSpecificCause(cause);
        return root == cause || root instanceof SQLException ? said : said + ": " + root.getMessage();
    }
}
