import { awsStackTests } from "../support/awsStackTests";

awsStackTests("dev");
